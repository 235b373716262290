"""When to visit a source next. Pure: times, prices and shares of jitter are arguments.

In: what a visit revealed, what the operator ordered, what the publisher says, the common price. Out: the next due time
with its why, and what to remember. It never fetches, stores or looks at a clock.

`profile` and `memory` learn how a source publishes; `waiting` weighs a visit against waiting on; `price` makes
all sources spend one budget; `schedule`, `windows` and `bounds` hold orders and publishers' words; `pacer` puts
them together.
"""
