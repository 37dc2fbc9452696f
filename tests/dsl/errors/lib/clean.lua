local clean = {}

function clean.row(text) return text:lower() end

return clean
