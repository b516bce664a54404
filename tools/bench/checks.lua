-- Checks of tokens, drawn at random from a file that has one a line:
--     wrk -s checks.lua URL -- MODE WORKSPACE SCOPE TOKENS SEED
-- MODE is verify or authorize. All tokens are equally long.
dofile("result.lua")

local tokens = {}
local before, behind

function init(arguments)
    local mode, workspace, scope = arguments[1], arguments[2], arguments[3]
    for token in io.lines(arguments[4]) do tokens[#tokens + 1] = token end
    math.randomseed(tonumber(arguments[5]))
    local host = "\r\nHost: " .. wrk.headers["Host"]
    if mode == "authorize" then
        before = "GET /v1/authorize/" .. workspace .. "/" .. scope .. " HTTP/1.1" .. host ..
            "\r\nX-Api-Key: "
        behind = "\r\n\r\n"
        return
    end
    local open = '{"token":"'
    behind = '","workspace":"' .. workspace .. '","scopes":["' .. scope .. '"]}'
    before = "POST /v1/verify HTTP/1.1" .. host .. "\r\nContent-Type: application/json" ..
        "\r\nContent-Length: " .. #open + #tokens[1] + #behind .. "\r\n\r\n" .. open
end

function request()
    return before .. tokens[math.random(#tokens)] .. behind
end
