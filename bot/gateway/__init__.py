"""Between channels and desk: takes in, reads, routes, answers, delivers; nothing is lost on the way."""
