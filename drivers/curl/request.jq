# The start line and the line at hand -> the lines that driver.sh reads and, as the last, without a
# line's end, what is to be signed (of a start: its secret).

def sent($start):
  (.params | with_entries(select(.value != null) | .value |= if type == "object" then .["$int"] else . end))
  + {method, format, sign_method, v: "2.0", timestamp: $now, app_key: $start.app_key}
  + (if .simplify then {simplify: "true"} else {} end)
  + (if $start.session then {session: $start.session} else {} end);

def form: [keys[] as $key | "\($key | @uri)=\(.[$key] | @uri)"] | join("&");
def concatenated: [keys[] as $key | $key + .[$key]] | add;

input as $start | input
| if .cmd == "start" then "start\n\(.gateway)\n\(.app_secret)"
  elif .cmd == "call" and $start then
    sent($start) as $sent
    | "call\n\(.timeout_ms / 1000)\n\(.sign_method)\n\(.format)\n\($sent | form)\n",
      (if .sign_method == "md5" then $start.app_secret else "" end | . + ($sent | concatenated) + .)
  elif .cmd == "stop" then "stop\n" else "unknown\n" end
