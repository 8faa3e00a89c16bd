"""What queries answer and cost, counted by the harness: of full trainings, and of any length."""
