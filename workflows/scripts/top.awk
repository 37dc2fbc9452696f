# Turns the lines of 'uniq -c' into WORD, tab, COUNT; at most 200 of them.
$2 != "" && NR <= 200 { print $2 "\t" $1 }
