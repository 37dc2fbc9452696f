return {
  inputs = {
    day = {type = "date", required = true},
    rows = {type = "integer", minimum = 1, default = 100},
    region = {type = "string", enum = {"eu", "us"}},
  },
  output_schema = {type = "object", properties = {rows = {type = "integer"}}},
  run = function(with) return {rows = with.rows} end,
}
