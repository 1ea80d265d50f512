"""Reading answers, judging them, voting over them, and saying how sure a score is.

`extract` reads (the table that opens it decides every ambiguous case), `verify` judges, `votes` votes, `statistics`
puts intervals on counts, `rescore` applies another rule to a finished run, `other_rules` holds other graders to
compare with. Underneath: `plain`, `numerals` and `units` (what is written), `phrases` and `markers` (how answers are
announced, hedged and taken back), `read_*` (one reader a kind, and `read_words` for what three of them share),
`competing` (one number out of several), `compare`, `symbolic` (mathematics, in a process of its own) and `arithmetic`
(expressions, never evaluated). Left out: graders that ask a model.
"""
