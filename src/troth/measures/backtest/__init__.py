"""The figures of a backtest: judgements are added up piece by piece, so that memory does not grow with the history."""
