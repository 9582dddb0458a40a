# Makes all ONNX graphs of one model from a file of weights: those that compete with Clew, at f32 and at int8. int8 is what a
# user of ONNX Runtime gets from quantize_dynamic: weights per channel, activations quantized at run time.
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
import safetensors_io  # noqa: E402

import bert_onnx  # noqa: E402
import bilstm_onnx  # noqa: E402


def quantized(source, target):
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)
    quantize_dynamic(
        source,
        target,
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def build_graphs(family, weights_path, folder, heads=0):
    """Writes the graphs into `folder`; returns precision -> {graph's name: path}."""
    folder = Path(folder)
    tensors = safetensors_io.read(weights_path)
    if family == "bert":
        weights = bert_onnx.BertWeights(tensors, heads)
        builders = {"plain": bert_onnx.build_plain, "fused": bert_onnx.build_fused}
    else:
        weights = tensors
        builders = {"lstm": bilstm_onnx.build}
    graphs = {"f32": {}, "int8": {}}
    for name, build in builders.items():
        exact, small = folder / f"{name}.onnx", folder / f"{name}-int8.onnx"
        build(weights, exact)
        quantized(exact, small)
        graphs["f32"][name] = exact
        graphs["int8"][name] = small
    return graphs
