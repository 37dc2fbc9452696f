log("loaded")
return {run = function(with) end}
