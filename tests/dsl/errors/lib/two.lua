return require("lib.three")
