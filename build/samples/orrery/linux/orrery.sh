#!/bin/sh
# Orrery plays one turn of the music box and stops: no window, no terminal needed.
# ORRERY_SECONDS sets how long (4 unless told, 60 at most).
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
seconds=${ORRERY_SECONDS:-4}
case $seconds in
  '' | *[!0-9]*) echo "orrery: ORRERY_SECONDS must be a whole number" >&2; exit 2 ;;
esac
[ "$seconds" -le 60 ] || seconds=60

player=
# A tune is a pleasure, not a duty: without a sound player the planets turn silently.
for program in pw-play paplay aplay; do
  if command -v "$program" >/dev/null 2>&1; then
    "$program" "$here/music/latest.wav" >/dev/null 2>&1 &
    player=$!
    break
  fi
done
trap '[ -z "$player" ] || kill "$player" 2>/dev/null; exit 0' INT TERM

cat "$here/share/greeting.txt"
step=0
while [ "$step" -lt "$seconds" ]; do
  step=$((step + 1))
  line=$(sed -n "$(((step - 1) % 12 + 1))p" "$here/share/ephemeris.txt")
  printf 'second %02d  %s\n' "$step" "$line"
  sleep 1
done
[ -z "$player" ] || kill "$player" 2>/dev/null
echo 'The spring has run down.'
exit 0
