"""The coverage study: do the measures' 95 % intervals contain the truth in 95 of 100 samples?

laws (what a truth is drawn from) → cells (a measure's figure, a size, a censoring, the truth) → draws (samples as the
tables that measures read, one segment a sample) → study (the real measure over them, and how often its interval holds
the truth). The measures are the ones that `troth measure` runs: nothing is computed a second time here.

Source: D. R. Cox, D. V. Hinkley, *Theoretical Statistics* (1974), section 7.2, for what coverage means.
"""
