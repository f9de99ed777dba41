# A reference client of TOP by curl, openssl, jq and xmllint, as a driver of protocol version 1.
#
# What a reader must know:
# - An answer is handed on as its raw text, never rewritten: jq 1.6 keeps numbers as doubles. So its
#   members are not observed.
# - A success is an answer whose root is the method's own; all else is an error or a failure
#   (answer.jq). Nothing is tried twice, no redirect is followed, no .curlrc is read.
# - An answer may have 4 MiB: escaped, it still fits into a line of 8 MiB.
# - Secrets travel by standard input, since command lines are open to everyone on the machine.
cd "$(dirname "$0")" || exit
export LC_ALL=C.UTF-8 TZ='<GMT+8>-8' # TOP's clock, whatever the machine's zone
exec 3>&1 1>&2
scratch=$(mktemp -d) || exit
trap 'rm -r "$scratch"' EXIT
exec 4> >(jq --unbuffered -nRc -f answer.jq >&3) # one for all calls: it takes long to start
trap '' XFSZ # so that curl meets the limit of ulimit as a failed write

# Of an XML answer: the root's name, the lengths of the error's members, the members.
summary="concat(name(/*), ' ',
  string-length(/*/code), ' ', string-length(/*/msg), ' ', string-length(/*/sub_code), ' ',
  string-length(/*/sub_msg), ' ', string-length(/*/request_id), ' ',
  /*/code, /*/msg, /*/sub_code, /*/sub_msg, /*/request_id)"

bytes() { od -An -v -tu1; }
pad() {
  local escapes='' byte i
  for ((i = 0; i < 64; i++)); do
    printf -v byte '\\%03o' $((${key[i]:-0} ^ $1))
    escapes+=$byte
  done
  printf "$escapes"
}
hmac() { # RFC 2104 by hand: openssl takes a key only on its command line
  local key=($(printf %s "$secret" | bytes))
  ((${#key[@]} <= 64)) || key=($(printf %s "$secret" | openssl dgst -binary "$1" | bytes))
  { pad 0x5c; { pad 0x36; cat; } | openssl dgst -binary "$1"; } | openssl dgst -r "$1"
}

# YOUR SDK HERE: it makes this call; `start` sets it up.
exchange() {
  local seconds sign_method format form sign
  { read -r seconds; read -r sign_method; read -r format; read -r form; } # the rest is what gets signed
  case $sign_method in
    md5) sign=$(openssl dgst -r -md5) ;;
    hmac) sign=$(hmac -md5) ;;
    hmac-sha256) sign=$(hmac -sha256) ;;
  esac
  sign=${sign%% *}
  printf '%s\n' "$line"
  (
    ulimit -f 4096
    printf %s "$form&sign=${sign^^}" | curl -q --silent --globoff --proto =http,https \
      --connect-timeout "$seconds" --max-time "$seconds" --data-binary @- \
      --header 'Content-Type: application/x-www-form-urlencoded;charset=utf-8' --header Expect: \
      --write-out '%{stderr}%{exitcode} %{http_code}\n' --url "$gateway" 2>&1 >"$scratch/answer"
  )
  base64 -w0 "$scratch/answer"
  echo
  [[ $format != xml ]] || xmllint --nonet --xpath "$summary" "$scratch/answer" | base64 -w0
  echo
}

while IFS= read -r line; do
  printf -v now '%(%F %T)T' -1
  {
    read -r cmd
    case $cmd in
      start)
        start=$line
        read -r gateway
        IFS= read -r -d '' secret
        version="1, $(curl -q --version | head -n1 | cut -d' ' -f1,2), $(jq --version)"
        jq -nc --arg version "$version" '{
          ok: true, protocol: 1, sdk: {name: "reference client", $version, language: "curl"},
          can: {formats: ["json", "xml"], sign_methods: ["md5", "hmac", "hmac-sha256"],
                simplify: true, session: true}}' >&3 ;;
      call) exchange >&4 ;;
      stop) exit 0 ;;
      *) echo '{"ok":false,"message":"unreadable line or unknown cmd"}' >&3 ;;
    esac
  } < <(printf '%s\n' "${start:-null}" "$line" | jq -nj --arg now "$now" -f request.jq)
done
