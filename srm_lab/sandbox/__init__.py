"""Programs that a model wrote, run where they can do no harm.

interpreter.py   a small part of Python, interpreted and never executed; also the script of the process
process.py       `run_program`: one process a program, with limits on time, memory and output

    run_program("boxes = 4 * 6\nprint(boxes - 5)")      # Outcome(output="19", error=None)
"""
