"""Fill a PixelTales that nobody here has seen, through its own models.

It runs in the application's own environment and needs nothing but Django, 3.2 or later. The tables of
the protocol are recognised by what is in them (`tables`, `recognise`); what else a row must have gets
a harmless value (`values`, `rows`); then people, stories and words are made (`people`, `stories`,
`words`) and counted again (`verify`). Nothing is contacted but the database.
"""
