import gzip, json
_data = json.loads(gzip.decompress(open("/work/wt-nb03/data/results/quantized_reasoning.json.gz", "rb").read()))
_have = {(c["model"], c["scheme"]["method"], c["scheme"]["bits"], c["scheme"]["group"], c["scheme"]["calibration"], c["scheme"]["layers"]) for c in _data["cells"]}
def have(model, method, bits, group=0, calibration="", layers=""):
    return (model, method, bits, group, calibration, layers) in _have
def full(model):
    return have(model, "float16", 16) and all(have(model, "rtn", b, 64) for b in (8, 4, 3, 2))
def _old(model):
    return have(model, "float16", 16) and all(have(model, "rtn", b, 64) for b in range(2, 9))
MODELS = [m for m in ("chain-cot", "chain-direct", "chain-voter") if full(m)]
M = "chain-cot" if "chain-cot" in MODELS else "chain-voter"
KV_MODELS = [m for m in ("chain-cot", "chain-voter") if all(have(m, "kv", b) for b in (8, 4, 3, 2))]
GROUPS_OK = [m for m in MODELS if all(have(m, me, 3, g, "chains" if me != "rtn" else "") for me in ("rtn", "gptq", "awq") for g in (32, 64, 0))]
CALIB = all(have("chain-cot", me, 3, 64, t) for me in ("gptq", "awq") for t in ("chains", "plain text", "questions"))
PARTS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "layer 0", "layer 1", "layer 2")
LAYERS_OK = all(have("chain-cot", "rtn", 2, 64, "", p) for p in PARTS)
if __name__ == "__main__":
    print(MODELS, M, KV_MODELS, GROUPS_OK, CALIB, LAYERS_OK, len(_have))
BITS = tuple(b for b in (16, 8, 7, 6, 5, 4, 3, 2) if b == 16 or all(have(m, "rtn", b, 64) for m in ("chain-voter", M)))
