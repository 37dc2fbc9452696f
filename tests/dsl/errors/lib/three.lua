return require("lib.one")
