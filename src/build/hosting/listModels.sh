#!/bin/sh
# Lists the folders of models that a volume brought, as the build lists its own (src/build/ownModels.ts): a web server
# shows no folder, and the page cannot look into one. Runs when the container starts; needs a POSIX shell, find and wc.
# Usage: listModels.sh LIST FOLDER...; of two models with one name the first folder's is listed.
set -eu
list=$1
shift

# A name as a JSON string. A name with a control character is left out by the callers.
quoted() {
  printf '"%s"' "$(printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g')"
}
plain() {
  case $1 in
    *[[:cntrl:]]*) return 1 ;;
  esac
}

files_of() {
  between=''
  for file in "$1"/* "$1"/.[!.]*; do
    [ -f "$file" ] && [ -r "$file" ] && [ ! -L "$file" ] || continue
    name=${file##*/}
    plain "$name" || continue
    printf '%s{"path":%s,"byteLength":%s}' "$between" "$(quoted "$name")" "$(wc -c <"$file" | tr -d ' ')"
    between=','
  done
}

# Folders become the models in them.
for folder in "$@"; do
  shift
  for model in "$folder"/*/; do
    set -- "$@" "${model%/}"
  done
done

{
  printf '['
  between=''
  seen=''
  for model in "$@"; do
    name=${model##*/}
    [ -f "$model/config.json" ] && plain "$name" || continue
    case $seen in *"/$name/"*) continue ;; esac
    seen="$seen/$name/"
    printf '%s{"name":%s,"files":[%s]}' "$between" "$(quoted "$name")" "$(files_of "$model")"
    between=','
  done
  printf ']'
} >"$list"
