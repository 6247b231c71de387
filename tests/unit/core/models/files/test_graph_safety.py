"""Hostile SavedModels: what their graphs would do while opened or called is seen beforehand."""

from __future__ import annotations

import re

import pytest

from core.models.files.formats import recognise
from core.models.files.graph_safety import allowed_operations
from core.models.files.safety import check
from tests.support.hostile_files import little_memory, refused

pytestmark = pytest.mark.tensorflow


REACHING_OUT = """
    ReadFile WriteFile MatchingFiles WholeFileReaderV2 TextLineReaderV2 TFRecordReaderV2
    ImmutableConst PyFunc EagerPyFunc PyFuncStateless PrintV2 Print DebugIdentity DebugIdentityV2
    DebugIdentityV3 DebugNumericSummary DumpTensor DecodeProtoV2 EncodeProto
    InitializeTableFromTextFile InitializeTableFromTextFileV2 InitializeTableFromDataset
    TextLineDataset TFRecordDataset TensorDataset SqlDataset CSVDatasetV2 LMDBDataset
    GeneratorDataset DatasetFromGraph MapDataset DataServiceDatasetV4 SaveDatasetV2 LoadDataset
    SnapshotDatasetV2 IteratorV2 OneShotIterator FileSystemSetConfiguration RemoteCall RpcCall
    RpcServer Send _Recv XlaHostCompute XlaCustomCallV2 XlaLaunch XlaCallModule TPUExecute
    CollectiveReduceV3 CreateSummaryFileWriter ImportEvent CalibrationStatisticsSaver
    DistributedSave ConfigureDistributedTPU BatchFunction Abort GetSessionTensor
    StubResourceHandleOp MlirPassthroughOp FIFOQueueV2 Barrier NobodyKnows
"""


@pytest.fixture
def exported(tmp_path):
    """Writes a module whose signature is a function of a photo, and returns its folder."""
    import tensorflow as tf

    def export(call, **more):
        module = tf.Module()
        module.weight = tf.Variable(tf.ones([4, 3]))
        for name, value in more.items():
            setattr(module, name, value)
        signature = tf.function(
            lambda photo: {"scores": call(photo @ module.weight)}, [tf.TensorSpec([None, 4])]
        )
        folder = tmp_path / "m"
        tf.saved_model.save(module, str(folder), {"serving_default": signature})
        return folder

    return export


@pytest.fixture
def changed(exported):
    """An honest SavedModel whose only meta graph a function changed."""
    import tensorflow as tf

    def change(how):
        return rewrite(exported(tf.nn.softmax), how)

    return change


def rewrite(folder, how):
    from tensorflow.core.protobuf import saved_model_pb2

    path = folder / "saved_model.pb"
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString(path.read_bytes())
    how(saved.meta_graphs[0])
    path.write_bytes(saved.SerializeToString())
    return folder


def first_generation(folder):
    """A SavedModel as TensorFlow 1 wrote it."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with v1.Graph().as_default(), v1.Session() as session:
        photo = v1.placeholder(tf.float32, [None, 4])
        weight = v1.get_variable("w", [4, 3], use_resource=True)
        table = v1.get_variable("old", [3], use_resource=False)
        scores = tf.nn.softmax(photo @ weight + table)
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(folder))
        signature = v1.saved_model.predict_signature_def({"p": photo}, {"s": scores})
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
        builder.save()
    return folder


def write_file(mark):
    import tensorflow as tf

    def call(scores):
        with tf.control_dependencies([tf.io.write_file(str(mark), "written")]):
            return tf.identity(scores)

    return call


def test_honest_graphs_of_both_generations_pass(exported, tmp_path):
    import tensorflow as tf

    check(recognise(exported(tf.nn.softmax)))
    folder = first_generation(tmp_path / "old")
    check(recognise(folder))
    tf.saved_model.load(str(folder))


def test_honest_control_flow_text_and_tables_pass(exported):
    import tensorflow as tf

    names = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer([0, 1], ["a", "b"], tf.int32, tf.string), "?"
    )

    def call(scores):
        tf.debugging.assert_all_finite(scores, "finite")
        tf.debugging.Assert(tf.size(scores) > 0, [scores])
        grown = tf.map_fn(lambda row: row + tf.random.uniform([3]), scores)
        best = names.lookup(tf.argmax(grown, -1, tf.int32))
        return tf.where((best == "a")[:, None], grown, scores)

    check(recognise(exported(call, names=names)))


def test_a_file_that_would_be_written_is_not(exported, tmp_path):
    import tensorflow as tf

    mark = tmp_path / "mark"
    folder = exported(write_file(mark))
    assert refused(folder, "model_operation").facts["op"] == "WriteFile"
    assert refused(folder, "model_operation", allow_code=True)
    assert not mark.exists()
    tf.saved_model.load(str(folder)).signatures["serving_default"](tf.ones([1, 4]))
    assert mark.exists(), "the trap itself must work"


def test_what_would_be_written_while_opening_is_not(exported, tmp_path):
    import tensorflow as tf

    mark = tmp_path / "mark"

    class Resource(tf.saved_model.experimental.TrackableResource):
        def _create_resource(self):
            return tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.string)

        def _initialize(self):
            tf.io.write_file(str(mark), "written")

    folder = exported(tf.nn.softmax, held=Resource())
    mark.unlink(missing_ok=True)
    assert refused(folder, "model_operation").facts["op"] == "WriteFile"
    assert not mark.exists()
    tf.saved_model.load(str(folder))
    assert mark.exists(), "the trap itself must work"


@pytest.mark.parametrize("place", ["graph", "called function", "unknown function"])
def test_what_reaches_out_of_the_graph_is_refused(changed, place):
    def add(meta):
        holder = meta.graph_def.node
        if place == "called function":
            holder = meta.graph_def.library.function[0].node_def
        elif place == "unknown function":
            function = meta.graph_def.library.function.add()
            function.signature.name = "Relu"  # as if it were TensorFlow's own
            holder = function.node_def
        holder.add(name="n", op="NoOp")

    def put(meta):
        functions = meta.graph_def.library.function
        for nodes in (meta.graph_def.node, *(function.node_def for function in functions)):
            for node in nodes:
                node.op = op if node.name == "n" else node.op

    folder = changed(add)
    check(recognise(folder))
    kept = (folder / "saved_model.pb").read_bytes()
    for op in REACHING_OUT.split():
        (folder / "saved_model.pb").write_bytes(kept)
        assert refused(rewrite(folder, put), "model_operation").facts["op"] == op


def test_the_allowed_operations_are_what_tensorflow_says_of_them():
    """No state and numbers alone, or one of the few that a reader has looked at."""
    from tensorflow.core.framework import types_pb2
    from tensorflow.python.framework import op_def_registry

    numbers, state, text = (allowed_operations()[group] for group in ("numbers", "state", "text"))
    assert not numbers & state | numbers & text | state & text
    assert not (numbers | state | text) & set(REACHING_OUT.split())
    reaching = re.compile("File|Py|Dataset|Iterator|Proto|Rpc|Save|Restore|Remote|Collective|Print")
    others = (types_pb2.DT_STRING, types_pb2.DT_VARIANT, types_pb2.DT_RESOURCE)
    for op in numbers | state | text:
        known = op_def_registry.get(op)
        assert known is not None, op
        assert not reaching.search(op), op
        assert op in state or not known.is_stateful, op
        if op in numbers:
            of = {argument.type for argument in (*known.input_arg, *known.output_arg)}
            assert not of & set(others), op


def test_a_checkpoint_that_a_signature_would_write_is_not(exported, tmp_path):
    import tensorflow as tf

    def call(scores):
        prefix = str(tmp_path / "mark")
        saved = tf.raw_ops.SaveV2(
            prefix=prefix, tensor_names=["a"], shape_and_slices=[""], tensors=[scores]
        )
        with tf.control_dependencies([saved]):
            return tf.identity(scores)

    folder = exported(call)
    assert refused(folder, "model_operation").facts["op"] == "SaveV2"
    assert not (tmp_path / "mark.index").exists()
    tf.saved_model.load(str(folder)).signatures["serving_default"](tf.ones([1, 4]))
    assert (tmp_path / "mark.index").exists(), "the trap itself must work"


def test_the_savers_own_operations_stay_with_the_saver(changed):
    """The function that saves, named as what is called, as a gradient or as what is listed."""

    def saving(meta):
        (name,) = (
            function.signature.name
            for function in meta.graph_def.library.function
            if "traced_save" in function.signature.name
        )
        return name

    def signature(meta):
        meta.signature_def["serving_default"].outputs[
            "scores"
        ].name = meta.saver_def.save_tensor_name

    def sparse(meta):
        told = meta.signature_def["serving_default"].outputs["more"]
        told.coo_sparse.values_tensor_name = meta.saver_def.save_tensor_name

    def gradient(meta):
        meta.graph_def.library.gradient.add(function_name="f", gradient_func=saving(meta))

    def listed(meta):
        item = meta.object_graph_def.nodes.add()
        item.bare_concrete_function.concrete_function_name = saving(meta)

    def main(meta):
        node = meta.saver_def.save_tensor_name.partition(":")[0]
        meta.collection_def["saved_model_main_op"].node_list.value[:] = [node]

    for how in (signature, sparse, gradient, listed, main):
        assert "where the model is run" in str(refused(changed(how), "model_operation"))


def test_restoring_a_first_generation_model_reads_nothing_else(tmp_path):
    from tensorflow.core.framework import variable_pb2

    folder = first_generation(tmp_path / "m")
    kept = (folder / "saved_model.pb").read_bytes()

    def saves(meta):
        meta.saver_def.restore_op_name = meta.saver_def.save_tensor_name.partition(":")[0]

    def other_file(meta):
        node = meta.graph_def.node.add(name="other", op="Const")
        node.attr["dtype"].type = 7
        for restoring in meta.graph_def.node:
            if restoring.op == "RestoreV2":
                restoring.input[0] = "other"

    def initial_value(meta):
        held = variable_pb2.VariableDef(variable_name="w", initial_value_name="save/SaveV2")
        for key in ("variables", "trainable_variables", "anything"):
            meta.collection_def[key].bytes_list.value.append(held.SerializeToString())

    for how, where in ((saves, "restored"), (other_file, "restored"), (initial_value, "run")):
        (folder / "saved_model.pb").write_bytes(kept)
        assert where in str(refused(rewrite(folder, how), "model_operation"))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "a\\b", "gs://x"])
def test_assets_elsewhere_are_refused(changed, name):
    from tensorflow.core.protobuf import meta_graph_pb2

    def collected(meta):
        asset = meta_graph_pb2.AssetFileDef(filename=name)
        meta.collection_def["saved_model_assets"].any_list.value.add().Pack(asset)

    for how in (lambda meta: meta.asset_file_def.add(filename=name), collected):
        assert refused(changed(how), "model_elsewhere")


def test_a_constant_that_unfolds_without_end_is_refused(changed):
    import tensorflow as tf

    def inflate(meta):
        node = meta.graph_def.node.add(name="n", op="Const")
        tensor = node.attr["value"].tensor
        tensor.dtype = tf.float32.as_datatype_enum
        tensor.tensor_shape.dim.add(size=1 << 34)
        tensor.float_val.append(0)

    with little_memory():
        refused(changed(inflate), "model_too_large")


def test_damage_is_refused(exported):
    import tensorflow as tf

    folder = exported(tf.nn.softmax)
    whole = (folder / "saved_model.pb").read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"\xff" * 100):
        (folder / "saved_model.pb").write_bytes(content)
        refused(folder, "model_damaged")
