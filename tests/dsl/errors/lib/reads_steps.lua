local m = {}
function m.go() return steps.a.output end
return m
