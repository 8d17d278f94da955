"""Salesforce's query language: tokens, grammar, evaluation. Knows objects and rows, no HTTP."""
