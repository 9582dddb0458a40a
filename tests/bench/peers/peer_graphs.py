# Makes all ONNX graphs of one model from a file of weights: those that compete with Clew, at f32 and at int8. int8 is what a
# user of ONNX Runtime gets from quantize_dynamic: weights per channel, activations quantized at run time.
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
import safetensors_io  # noqa: E402

import albert_onnx  # noqa: E402
import bert_onnx  # noqa: E402
import bigru_crf_onnx  # noqa: E402
import bilstm_onnx  # noqa: E402
import elmo_onnx  # noqa: E402
import gpt_onnx  # noqa: E402
import nezha_onnx  # noqa: E402
import textcnn_onnx  # noqa: E402
import ulmfit_onnx  # noqa: E402
import xlnet_onnx  # noqa: E402


def _as_named(tensors, _model):
    return tensors


def _bert_weights(tensors, model):
    return bert_onnx.BertWeights(tensors, model.heads)


_BERT = {"plain": bert_onnx.build_plain, "fused": bert_onnx.build_fused}
# Family -> (what makes weights of a file's tensors, graph's name -> what builds it).
FAMILIES = {
    "bert": (_bert_weights, _BERT),
    "albert": (albert_onnx.albert_weights, _BERT | {"loop": albert_onnx.build_loop}),
    "electra": (albert_onnx.electra_weights, _BERT),
    "nezha": (nezha_onnx.nezha_weights, {"exported": nezha_onnx.build_exported, "skewed": nezha_onnx.build_skewed}),
    "xlnet": (xlnet_onnx.xlnet_weights, {"plain": xlnet_onnx.build_plain, "fused": xlnet_onnx.build_fused}),
    "gpt": (gpt_onnx.gpt_weights, {"plain": gpt_onnx.build_plain, "fused": gpt_onnx.build_fused}),
    "elmo": (_as_named, {"scan": elmo_onnx.build}),
    "ulmfit": (_as_named, {"lstm": ulmfit_onnx.build}),
    "textcnn": (
        _as_named,
        {"conv1d": textcnn_onnx.build_conv1d, "conv2d": textcnn_onnx.build_conv2d, "product": textcnn_onnx.build_product},
    ),
    "bilstm": (_as_named, {"lstm": bilstm_onnx.build}),
    "bigru-crf": (_as_named, {"gru": bigru_crf_onnx.build}),
}


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


def build_graphs(model, weights_path, folder, precisions=("f32", "int8")):
    """Writes the graphs of a PeerModel into `folder`; returns precision -> {graph's name: path}."""
    folder = Path(folder)
    make_weights, builders = FAMILIES[model.family]
    weights = make_weights(safetensors_io.read(weights_path), model)
    graphs = {precision: {} for precision in precisions}
    for name, build in builders.items():
        exact = folder / f"{name}.onnx"
        build(weights, exact)
        if "f32" in graphs:
            graphs["f32"][name] = exact
        if "int8" in graphs:
            graphs["int8"][name] = folder / f"{name}-int8.onnx"
            quantized(exact, graphs["int8"][name])
    return graphs
