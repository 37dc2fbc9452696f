-- The file systems of this machine, as `df` tells them.
return {
  description = "Measures the disks.",
  output_schema = {
    type = "object",
    required = {"disks"},
    properties = {
      disks = {
        type = "array",
        items = {
          type = "object",
          required = {"mount", "percent", "free"},
          properties = {
            mount = {type = "string"},
            percent = {type = "integer"},
            free = {type = "integer"},  -- bytes
          },
        },
      },
    },
  },
  run = function()
    local told = shell({"df", "--portability", "--block-size=1"}, {check = true})
    local disks = list{}
    for _, line in ipairs(str.lines(told.stdout)) do
      local free, percent, mount = line:match("(%d+)%s+(%d+)%%%s+(/.*)$")
      if mount then
        disks[#disks + 1] = {mount = mount, percent = tonumber(percent), free = tonumber(free)}
      end
    end
    return {disks = disks}
  end,
}
