import gzip, json, glob, sys
for f in sorted(glob.glob("/work/wt-nb03/build/quantized_reasoning/*.gz")):
    if not __import__("os").path.getsize(f): continue
    d = json.loads(gzip.decompress(open(f,"rb").read()))
    rows = [c for r in d["chains"] for c in r]
    n = len(rows)
    by = {}
    for i, r in enumerate(d["chains"]):
        by.setdefault(i % 5, []).extend(c[4] for c in r)
    kinds = {}
    for c in rows:
        if c[5] is not None: kinds[c[6]] = kinds.get(c[6], 0) + 1
    print(f.split("/")[-1][:-8].ljust(40), f"{100*sum(c[4] for c in rows)/n:5.1f} tok {sum(c[1] for c in rows)/n:5.1f} cut {100*sum(not c[2] for c in rows)/n:4.1f} bpw {d['bits_per_weight']:.2f} kB {d['weight_bytes']/1000:.0f}",
          [round(100*sum(v)/len(v)) for v in by.values()], {k: round(100*v/n) for k, v in sorted(kinds.items(), key=lambda t: -t[1])})
