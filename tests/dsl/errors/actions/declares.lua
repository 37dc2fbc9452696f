return {
  descripton = "Has mistakes.",
  inputs = {
    rows = {type = "int", minimum = "x"},
    ["no-id"] = {type = "string"},
    day = {type = "date", default = "${{ time.today() }}"},
  },
  output_schema = {type = "objekt"},
}
