local words = {}

-- "A pawl." → {"A", "pawl"}
function words.split(text)
  local found = list{}
  for word in text:gmatch("%a+") do found[#found + 1] = word end
  return found
end

function words.any(found) return #found > 0 end

-- The longest first; of equal length in the order of the text.
function words.longest(found, most)
  local order = {}
  for place, word in ipairs(found) do order[place] = {word = word, place = place} end
  table.sort(order, function(a, b)
    if #a.word ~= #b.word then return #a.word > #b.word end
    return a.place < b.place
  end)
  local longest = list{}
  for i = 1, math.min(most, #order) do longest[i] = order[i].word end
  return longest
end

return words
