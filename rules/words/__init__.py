"""The English that the categoriser needs: words, clauses, polarity, phrases, competitors."""
