"""Where people are: each channel maps what arrives to one form and delivers what is said."""
