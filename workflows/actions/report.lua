-- A title and lines, as plain text.
return {
  description = "Writes a short report.",
  inputs = {
    title = {type = "string", required = true},
    lines = {type = "list", default = list{}},
    style = {type = "string", enum = {"plain", "list"}, default = "plain"},
  },
  output_schema = {type = "string"},
  run = function(with)
    local text = with.title .. "\n"
    for _, line in ipairs(with.lines) do
      text = text .. (with.style == "list" and "- " or "") .. line .. "\n"
    end
    log(text)
    return text
  end,
}
