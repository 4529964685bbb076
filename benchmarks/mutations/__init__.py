"""What people hold, damaged in thousands of ways: nothing is unhandled, no wrong value is called right."""
