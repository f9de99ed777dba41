# Four raw lines a call -> its reply. The lines: the call; curl's exit code and the HTTP status; the
# answer; of XML, its summary; these two in base64, since jq 1.6 damages characters at the edges of its
# read buffer.

def members: ["code", "msg", "sub_code", "sub_msg", "request_id"];

# jq also reads NaN, 01 and the like; JSON has these signs, literals, strings and numbers. (An answer of
# so many tokens that the expression gives up does not count as read.)
def lexical: test("^(?:[\\s{}\\[\\]:,]++|true|false|null|\"(?:[^\"\\\\\\x00-\\x1f]|\\\\.)*+\""
  + "|-?(?:0(?![0-9])|[1-9][0-9]*+)(?:\\.[0-9]++)?+(?:[eE][-+]?[0-9]++)?+)*+\\z")?;

# Both readers give {error}, with what of it can be told exactly, or {success}, or nothing.
def read_json($root):
  select(lexical) | (try fromjson catch null) | select(type == "object")
  | if has("error_response") then
      .error_response | select(type == "object") | {error: map_values(
        if type == "number" and . == floor and fabs < 9007199254740992 then {"$int": tostring} else . end)}
    else (if $root then .[$root] else . end) | {success: (type == "object")} end;

def read_xml($root; $summary):
  select(test("^\ufeff?(?s:\\s|<\\?.*?\\?>|<!--.*?-->)*+<!DOCTYPE") | not)
  | ($summary | split(" ")) as $words
  | if $words[0] == "error_response" then
      reduce range(5) as $i ({error: {}, rest: ($words[6:] | join(" "))};
        ($words[$i + 1] | tonumber) as $length
        | .error[members[$i]] = .rest[:$length] | .rest |= .[$length:])
      | {error: (.error | with_entries(select(.value != "")))}
      | if .error.code // "" | test("^[0-9]+\\z") then .error.code |= {"$int": .} else . end
    else {success: ($words[0] == $root)} end;

def failure($kind; $message): {outcome: "failure", $kind, $message, uncaught: false};

def reply($call; $exit; $status; $base64; $summary):
  ($base64 | @base64d) as $text
  | ($call.method | ltrimstr("taobao.") | split(".") | join("_") + "_response") as $root
  | (first($text | select(@base64 == $base64) # UTF-8 and nothing else
      | if $call.format == "xml" then read_xml($root; $summary | @base64d)
        elif $call.simplify then read_json(null)
        else read_json($root) end) // {}) as $answer
  | if $exit == "28" then failure("timeout"; "curl: timed out")
    elif $exit == "23" then failure("parse"; "the answer is too long")
    elif $exit != "0" then failure("connection"; "curl: exit code \($exit)")
    elif $answer.error then
      {outcome: "error_response"} + ($answer.error | with_entries(select(
        (.key | IN(members[])) and (.value | type == "string" or type == "object" and has("$int")))))
    elif $status != "200" then failure("http"; "HTTP status \($status)")
    elif $answer.success then {outcome: "response", body: $text}
    else failure("parse"; "neither an answer of this method nor an error_response") end;

(inputs | fromjson) as $call
| (input | split(" ")) as [$exit, $status]
| input as $base64 | input as $summary
| {seq: $call.seq} + try reply($call; $exit; $status; $base64; $summary)
  catch failure("parse"; "the answer cannot be read")
