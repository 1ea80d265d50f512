import re
t=open('/tmp/nb13/slot.log').read()
best=[(float(m[2]),m[1]) for m in re.finditer(r"correct (\S+) \{\}.*?after pass@1 (\S+) %", t, re.S)]
print(max(best)[1])
