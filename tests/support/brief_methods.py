"""Methods trained for moments: for what holds however long they are trained."""

BRIEFLY = {
    "acenas": "pretraining=1,sample=40,epochs=2",
    "arch2vec-bo": "initial=10,batch=10,epochs=2,pretraining=1,sample=64",
    "arch2vec-rl": "pretraining=1,sample=64",
    "bananas": "ensemble=2,epochs=20",
    "bonas": "initial=10,epochs=4",
    "brp-nas": "models=8,hidden=48,epochs=6",
    "dngo": "initial=10,epochs=5",
    "fbnetv3-predictor": "pretraining=1,sample=40",
    "flan": "epochs=1",
    "lanas": "first_steps=20,steps=5",
    "nao": "steps=8",
    "npenas-bo": "steps=30",
    "npenas-np": "steps=30",
    "predictor-gcn": "epochs=8",
    "predictor-gcn-released": "epochs=4",
    "smac": "retrain_after=16",
    "weaknas-ei": "ensemble=2",
    "weaknas-gcn": "epochs=8",
}


def brief(name: str) -> str:
    """A registered method with parameters that make it quick, where it has such."""
    return f"{name}[{BRIEFLY[name]}]" if name in BRIEFLY else name
