return require("lib.two")
