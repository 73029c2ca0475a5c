/// A family of decoders as data: what its files and its network have that others have not.
///
/// To add one: a row of `allCases`; its `DecoderSpelling` and `DecoderFieldNames` where files name things otherwise than
/// Llama's; its names in `GGUFTensorNames`; and a tiny model in `architecture-references.py` and `DecoderArchitectureTests`.
/// Readers, writers and engines interpret the flags.
package struct DecoderArchitecture: Sendable, Hashable, CaseIterable {
  /// Which projections have a bias.
  package enum Biases: Sendable {
    case none
    case queryKeyValue
    /// Queries, keys, values and output, where `attention_bias` says so.
    case attention
    /// And those of the feed-forward block, where `mlp_bias` says so.
    case attentionAndFeedForward
    /// Those of the feed-forward block, and those of `attention` unless `attention_bias` says no.
    case feedForwardAndAttention
    case feedForward
    case all
  }

  /// Which layers see only the latest positions.
  package enum SlidingWindows: Sendable, Hashable {
    case none
    /// `sliding_window`, where it is not null; without one, this.
    case allLayers(absent: Int?)
    /// Those that `use_sliding_window`, `layer_types` and `max_window_layers` name.
    case someLayers
    /// All but the last of every so many, unless `layer_types` or `sliding_window_pattern` say otherwise.
    case allBut(every: Int)
  }

  package enum Norm: Sendable {
    /// RMSNorm with its gain.
    case rootMeanSquare
    /// RMSNorm whose stored weight is its gain − 1.
    case rootMeanSquareAroundOne
    /// LayerNorm with gain and bias.
    case layer
  }

  /// Where a block normalises.
  package enum NormPlaces: Sendable {
    /// What attention and the feed-forward block read.
    case before
    /// What they write, before it is added to the stream.
    case after
    case beforeAndAfter
    /// What attention reads; the feed-forward block reads the same.
    case once
  }

  /// What queries and keys go through before they are rotated.
  package enum QueryKeyNorm: Sendable {
    case none
    /// A norm of each head.
    case heads
    /// A norm of all heads together.
    case projections
  }

  /// Function inside the feed-forward block.
  package enum Activation: Sendable {
    case silu
    /// x · Φ(x).
    case gelu
    /// Its approximation by a hyperbolic tangent.
    case geluTanh
  }

  /// How a token's place enters.
  package enum Positions: Sendable, Hashable {
    /// Queries and keys are rotated, of each head the first share, unless the file gives another; `nil`: the whole
    /// head, and another share is an error.
    case rotary(share: Double?)
    /// Two rotations: one for layers with a window, one for the others.
    case rotaryByLayer
    /// `rotary_dim` elements of each head are rotated, 64 unless the file gives a number.
    case rotaryWidth
    /// A learnt vector is added to the token's.
    case learnt
  }

  /// First of `architectures` in config.json.
  package let name: String
  /// `model_type` in config.json.
  package let modelType: String
  /// `general.architecture` in a GGUF file; llama.cpp writes Mistral as `llama`. `nil`: it has no such models.
  package let ggufName: String?
  package var biases = Biases.none
  package var slidingWindows = SlidingWindows.none
  package var queryKeyNorm = QueryKeyNorm.none
  package var norm = Norm.rootMeanSquare
  package var normPlaces = NormPlaces.before
  /// Whether attention and feed-forward block read the same stream, unless `use_parallel_residual` says no.
  package var isParallel = false
  package var positions = Positions.rotary(share: nil)
  /// The first is meant where config.json names none.
  package var activations = [Activation.silu]
  /// Whether the feed-forward block multiplies the activation with a second projection.
  package var isGated = true
  /// Whether queries, keys and values are one matrix.
  package var fusesQueryKeyValue = false
  /// Whether gate and up projection are one matrix.
  package var fusesGateUp = false
  /// Whether the head has a bias.
  package var hasHeadBias = false
  /// Whether embeddings are multiplied by √D.
  package var scalesEmbeddings = false
  /// Whether `query_pre_attn_scalar` (256 where it is absent) takes the place of a head's width in attention's scale.
  package var hasAttentionScalar = false
  /// Whether `attn_logit_softcapping` bounds attention's scores (by 50 where it is absent).
  package var capsAttention = false
  /// Whether `final_logit_softcapping` bounds logits, and by what where it is absent.
  package var capsLogits = false
  package var absentLogitCap: Double?
  /// How its Hugging Face files name and lay out tensors.
  package var spelling = DecoderSpelling()
  /// How its config.json names fields.
  package var keys = DecoderFieldNames()
  /// Width of a head where config.json has no `head_dim`; `nil`: the hidden size divided among the heads.
  package var absentHeadWidth: Int?
  /// Positions where config.json has no `max_position_embeddings`.
  package var absentContextLength = 2048
  /// Heads of keys and values where config.json has no `num_key_value_heads`; `nil`: as many as of queries.
  package var absentKeyValueHeads: Int?
  package var absentNormEpsilon = 1e-6
  /// Whether the head is the embeddings where config.json does not say.
  package var tiesUnlessTold = false
  /// Whether its first files spell the name `LLaMA…`, have `max_sequence_length` and no grouped heads.
  package var hasOldFields = false
  /// Ends of names of the modules that PEFT adapts when none are named; where PEFT has no such list, those that take the
  /// place of Llama's.
  package var adapterTargets = ["q_proj", "v_proj"]
}
