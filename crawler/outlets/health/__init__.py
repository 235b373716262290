"""How a source and an outlet's pages are, and why. Pure: times and figures are arguments.

In: what a visit revealed, what is remembered of the source, figures of an outlet's articles. Out: one state, one
cause and a sentence, and which of them the operator is to be told of. It never fetches, stores or looks at a clock.

`silence` judges by the publishing profile, `slowness` by the times of answers, `source` puts them and a visit's outcome
together, `layout` compares how well an outlet is read with its own past, `alerts` chooses what is told, so that it is
never a flood.
"""
