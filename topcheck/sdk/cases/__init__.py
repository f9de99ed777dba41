"""What an SDK is asked and answered, case by case, and what each case says of its clauses."""
