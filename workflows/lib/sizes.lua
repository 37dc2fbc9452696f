-- Bytes as people read them: sizes.text(1536) is "1.5 KiB".
local sizes = {}

local units = {"bytes", "KiB", "MiB", "GiB", "TiB"}

function sizes.text(bytes)
  local unit = 1
  while bytes >= 1024 and unit < #units do
    bytes = bytes / 1024
    unit = unit + 1
  end
  return format("%.1f", bytes):gsub("%.0$", "") .. " " .. units[unit]
end

return sizes
