"""What Pulumi programs use: the resources, the functions, and their types. `digicert_pulumi` exports them."""
