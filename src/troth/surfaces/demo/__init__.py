"""`make run`: a real year of flights, measured; then a simulated firm before the gate, live."""
