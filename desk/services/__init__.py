"""What the desk does. Functions take an open `Session` and the time, and never open, commit or roll back one."""
