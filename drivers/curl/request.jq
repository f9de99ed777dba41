# The start line and the line at hand -> the lines that driver.sh reads and, as the last, without a
# line's end, what is to be signed (of a start: its secret).

# jq keeps numbers as doubles: an integer is a text, here as in a line.
def json:
  if type == "object" and has("$int") then .["$int"]
  elif type == "object" then "{" + (to_entries | map("\(.key | tojson):\(.value | json)") | join(",")) + "}"
  elif type == "array" then "[" + (map(json) | join(",")) + "]"
  else tojson end;
# A parameter on the wire: an object, and a list of them, as JSON, a list of others with commas.
def text:
  def nests: type == "array" or type == "object" and (has("$int") | not);
  if type == "string" then . elif type == "array" and (any(.[]; nests) | not) then map(text) | join(",")
  else json end;

def sent($start):
  (.params | with_entries(select(.value != null) | .value |= text))
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
