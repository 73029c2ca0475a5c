import Formats
import Tensors

/// Puts the tensors of an adapter's file in their places beside the base's modules, and checks every one of them.
struct AdapterAssembly {
  typealias Role = AdapterTensorName.Role

  let settings: AdapterConfiguration
  private let file: any Checkpoint
  /// The file, for messages.
  let path: String
  private let matches: PatternMatcher
  private let base: DecoderConfiguration
  /// The network's, with their shapes.
  private let parameters: [String: [Int]]
  let modules: [AdaptedModule]
  /// Names in the file by module and role.
  private var found: [String: [Role: String]] = [:]
  /// What of it has its place.
  private var placed: Set<String> = []
  private var transposed: [(name: String, tensor: Tensor)] = []
  var adapter: Adapter

  /// - Parameters:
  ///   - file: the tensors beside the configuration.
  ///   - base: the base's constants.
  ///   - matches: Python's regular expressions.
  /// - Throws: `AdapterError` for a name that belongs to no module of the base, or to two adapters.
  init(
    _ settings: AdapterConfiguration, file: any Checkpoint, path: String,
    base: DecoderConfiguration,
    matches: @escaping PatternMatcher
  ) throws {
    (self.settings, self.file, self.path, self.matches) = (settings, file, path, matches)
    self.base = base
    modules = AdaptedModule.all(of: base)
    var parameters = Dictionary(
      uniqueKeysWithValues: base.expectedTensors.map { ($0.name, $0.shape) })
    if base.tiesEmbeddings { parameters[DecoderNames.head] = parameters[DecoderNames.embedding] }
    self.parameters = parameters
    let targets: [String] = if case .list(let names) = settings.targets.names { names } else { [] }
    adapter = Adapter(
      alpha: settings.alpha, rank: settings.rank, isRankStabilised: settings.isRankStabilised,
      dropout: settings.dropout, targets: targets, baseModel: settings.baseModel, factors: file,
      products: [])
    try sortTensors()
  }

  private mutating func sortTensors() throws {
    let names = Set(parameters.keys.map { Self.parts(stored($0)).module })
      .union(modules.map(\.name))
    var adapters: Set<String> = []
    for tensor in file.tensors {
      guard let name = AdapterTensorName(tensor.name), let module = name.resolved(in: names) else {
        throw AdapterError.unknownTensor(path: path, name: tensor.name)
      }
      if name.role == .original {
        placed.insert(tensor.name)
        continue
      }
      if let adapter = name.adapter { adapters.insert(adapter) }
      guard adapters.count <= 1 else {
        throw AdapterError.severalAdapters(path: path, names: adapters.sorted())
      }
      if let other = found[module, default: [:]].updateValue(tensor.name, forKey: name.role) {
        throw AdapterError.twice(path: path, first: other, second: tensor.name)
      }
      guard TensorDescription.readableTypes.contains(tensor.storedType) else {
        throw AdapterError.storedType(path: path, name: tensor.name, type: tensor.storedType)
      }
    }
  }

  /// The adapter with everything in its place.
  ///
  /// - Throws: `AdapterError`, read errors of embeddings' factors.
  mutating func assembled() throws -> Adapter {
    var bare: [String] = []
    var targeted: Set<String> = []
    for module in modules where try settings.targets.contains(module, matches) {
      targeted.insert(module.name)
      if try !place(module) { bare.append(module.name) }
    }
    try placeWhole(targeted)
    try placeRows(targeted)
    for tensor in file.tensors where !placed.contains(tensor.name) { try refuse(tensor.name) }
    guard !adapter.products.isEmpty || !adapter.replacements.isEmpty || !adapter.rows.isEmpty else {
      throw AdapterError.empty(path: path)
    }
    if base.tiesEmbeddings { try settleHead() }
    if let first = bare.first {
      adapter.remarks.append(
        "\(path.shown()): \(bare.count) of \(targeted.count) modules that the configuration names have no factors and "
          + "stay as they are, '\(first)' among them")
    }
    if !transposed.isEmpty {
      adapter.factors = JoinedCheckpoint(file, MemoryCheckpoint(transposed))
    }
    return adapter
  }

  // MARK: Factors

  /// Takes the factors beside `module`.
  ///
  /// - Returns: whether there are any.
  private mutating func place(_ module: AdaptedModule) throws -> Bool {
    let roles = found[module.name] ?? [:]
    let (downRole, upRole): (Role, Role) =
      module.isEmbedding ? (.embeddingDown, .embeddingUp) : (.down, .up)
    guard roles[downRole] != nil || roles[upRole] != nil else { return false }
    guard !module.isTied else { throw AdapterError.tied(path: path, module: module.name) }
    var names: [Role: String] = [:]
    for (role, label) in [(downRole, "A factor"), (upRole, "B factor")] {
      names[role] = try taken(role, of: module, label, reason: "but the other factor of the pair")
    }
    guard let a = names[downRole], let b = names[upRole] else { return false }
    let rank = try settings.rank(of: module.name, matches)
    // Embeddings are a table of inputs: [V, D] where a linear layer is [out, in].
    let (input, output) =
      module.isEmbedding
      ? (module.shape[0], module.shape[1]) : (module.shape[1], module.shape[0])
    try checkRank(a, rows: true, other: input, rank)
    try checkRank(b, rows: false, other: output, rank)
    let scale = try settings.scale(of: module.name, rank: rank.value, matches)
    adapter.products.append(
      LowRankFactors(
        name: module.weight, down: module.isEmbedding ? try transpose(b) : a,
        up: module.isEmbedding ? try transpose(a) : try reordered(b, as: module.weight),
        scale: scale))
    if settings.hasMagnitudes {
      let lengths = try taken(
        .magnitude, of: module, "lora_magnitude_vector", reason: "which 'use_dora' needs")
      try check(lengths, shape: [output])
      adapter.magnitudes[module.weight] = try reordered(lengths, as: module.weight)
    }
    if settings.hasUpBias {
      let bias = try taken(.upBias, of: module, "lora_B.bias", reason: "which 'lora_bias' needs")
      guard parameters[module.bias] != nil else {
        throw AdapterError.unexpectedTensor(
          path: path, name: bias, reason: "the base's '\(module.name)' has no bias to add it to")
      }
      try check(bias, shape: [output])
      adapter.addedBiases[module.bias] = .init(
        tensor: try reordered(bias, as: module.weight), scale: scale)
    }
    return true
  }

  mutating func taken(
    _ role: Role, of module: AdaptedModule, _ label: String, reason: String
  ) throws -> String {
    guard let name = found[module.name]?[role] else {
      throw AdapterError.missingTensor(
        path: path, module: module.name, tensor: label, reason: reason)
    }
    placed.insert(name)
    return name
  }

  private func checkRank(
    _ name: String, rows: Bool, other: Int, _ rank: (value: Int, field: String)
  ) throws {
    let shape = file.description(of: name)?.shape ?? []
    guard shape.count == 2, shape[rows ? 1 : 0] == other else {
      throw AdapterError.shape(
        path: path, name: name, shape: shape,
        expected: rows ? "[\(rank.value), \(other)]" : "[\(other), \(rank.value)]")
    }
    guard shape[rows ? 0 : 1] == rank.value else {
      throw AdapterError.rank(
        path: path, name: name, shape: shape, rank: rank.value, field: rank.field,
        configuration: settings.path)
    }
  }

  func check(_ name: String, shape expected: [Int]) throws {
    let shape = file.description(of: name)?.shape ?? []
    guard shape == expected else {
      throw AdapterError.shape(path: path, name: name, shape: shape, expected: "\(expected)")
    }
  }

  /// Makes the transposed factor, which embeddings need, and names it.
  private mutating func transpose(_ name: String) throws -> String {
    let factor = try file.tensor(name)
    let (rows, columns) = (factor.rows, factor.columns)
    let result = Tensor([columns, rows])
    for row in 0..<rows {
      for column in 0..<columns { result[column * rows + row] = factor[row * columns + column] }
    }
    transposed.append((name: name + ".T", tensor: result))
    return name + ".T"
  }

  /// The tensor with its rows in the order of the network's parameter, if the file's is another.
  private mutating func reordered(_ name: String, as parameter: String) throws -> String {
    let layout = base.architecture.spelling.layout(of: parameter)
    let rows = file.description(of: name)?.rows ?? 0
    guard let order = base.rowOrder(layout, rows: rows, toNetwork: true) else { return name }
    transposed.append((name: name + ".P", tensor: try file.tensor(name).rows(in: order)))
    return name + ".P"
  }

  private func stored(_ parameter: String) -> String {
    base.architecture.spelling.stored(parameter)
  }

  /// Module and ending of a parameter's name.
  private static func parts(_ parameter: String) -> (module: String, ending: String) {
    let parts = parameter.split(separator: ".")
    return (parts.dropLast().joined(separator: "."), String(parts.last ?? ""))
  }

  // MARK: Whole tensors

  /// Takes what replaces tensors of the base: modules kept whole, biases, and what lies beneath factors.
  private mutating func placeWhole(_ targeted: Set<String>) throws {
    var unnamed: [String] = []
    for (parameter, shape) in parameters.sorted(by: { $0.key < $1.key }) {
      let (module, ending) = Self.parts(stored(parameter))
      let isKept = settings.targets.keepsWhole(module)
      guard let name = found[module]?[.whole(ending)] else {
        guard isKept else { continue }
        throw AdapterError.missingTensor(
          path: path, module: module, tensor: "'\(ending)'", reason: "which 'modules_to_save' names"
        )
      }
      let isBaseLayer = AdapterTensorName(name)?.isBaseLayer ?? false
      let isBias = ending == "bias" && settings.bias != .none
      // A weight that is not from beneath the factors has no place beside them.
      if targeted.contains(module), !isKept, !isBaseLayer, !isBias { continue }
      let isTransposed =
        base.architecture.spelling.layout(of: parameter) == .transposed && shape.count == 2
      try check(name, shape: isTransposed ? shape.reversed() : shape)
      placed.insert(name)
      adapter.replacements[parameter] =
        isTransposed ? try transpose(name) : try reordered(name, as: parameter)
      if !isKept, !isBaseLayer, !isBias { unnamed.append(parameter) }
    }
    if let first = unnamed.first {
      adapter.remarks.append(
        "\(path.shown()): replaces \(unnamed.count) of the base's tensors that 'modules_to_save' does not name, "
          + "'\(first)' among them")
    }
  }

  /// A tied head that is replaced by the same values as the embeddings stays tied; one that is replaced by others, or
  /// alone, becomes a tensor of its own, as in PEFT. Embeddings cannot be replaced alone.
  private mutating func settleHead() throws {
    let embedding = adapter.replacements[DecoderNames.embedding]
    guard let head = adapter.replacements[DecoderNames.head] else {
      if embedding != nil { throw AdapterError.tied(path: path, module: AdaptedModule.embedding) }
      return
    }
    if let embedding, try file.holdsEqual(head, embedding) {
      adapter.replacements[DecoderNames.head] = nil
      return
    }
    guard adapter.rows.isEmpty else {
      throw AdapterError.tied(path: path, module: AdaptedModule.head)
    }
    adapter.untiesHead = true
  }

  /// Throws for a tensor that has found no place, saying why.
  private func refuse(_ name: String) throws {
    guard let parsed = AdapterTensorName(name) else {
      throw AdapterError.unknownTensor(path: path, name: name)
    }
    let reason =
      switch parsed.role {
      case .magnitude where !settings.hasMagnitudes: "'use_dora' of \(settings.path) is not true"
      case .upBias where !settings.hasUpBias: "'lora_bias' of \(settings.path) is not true"
      case .whole: "beside factors, a weight of the base is called base_layer.weight"
      case .tokenRows: "'trainable_token_indices' of \(settings.path) does not name its module"
      default:
        "'target_modules' of \(settings.path), with what limits it, does not reach its module"
      }
    throw AdapterError.unexpectedTensor(path: path, name: name, reason: reason)
  }
}
