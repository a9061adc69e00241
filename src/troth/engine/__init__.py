"""Verbs: from events to one reliable record per subject. Pure: no input, no output, no clock.

One module an arrow: observe (event → observation), resolve (→ fact), derive (→ state), keep (→ promise), believe (→
belief), align (→ alignment), recover (→ case), correct (which events stand), fold (the loop and the definition), step
(the faster way).
"""
