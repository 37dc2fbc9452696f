local broken = {}
function broken.go()
  if x != 1 then return end
end
return broken
