# Ends a Postgres whose server is gone.
#
#   sh postgres-watchdog.sh PID
#
# Standard input is a pipe that only the server holds. A line on it says that PID has ended by itself; end of
# file without one says that the server was killed. First a fast shutdown, two seconds later an immediate one.

trap '' HUP INT TERM
read -r line && exit
kill -INT "$1" || exit
for second in 1 2; do
  sleep 1
  kill -0 "$1" || exit
done
kill -QUIT "$1"
