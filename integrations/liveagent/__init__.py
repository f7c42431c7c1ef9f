"""LiveAgent (Quality Unit): rules call us with a hint, and both of its APIs are asked for the truth."""
