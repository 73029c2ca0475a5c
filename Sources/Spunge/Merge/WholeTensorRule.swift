import Synchronization
import Tensors

/// A rule for methods that need all of a matrix at once.
///
/// Merged tensors are kept while their stretches are asked for: as many as there are threads, and one more.
struct WholeTensorRule: MergeRule {
  private let tensors: [String: TensorDescription]
  private let others: (any MergeRule)?
  private let merged: @Sendable (TensorDescription) throws -> [Float]
  private let kept = RecentTensors()

  /// - Parameters:
  ///   - others: merges tensors that do not have two dimensions; nil where `merged` does.
  ///   - merged: all elements of a merged tensor, row-major.
  init(
    _ parts: DeltaParts, others: (any MergeRule)?,
    _ merged: @escaping @Sendable (TensorDescription) throws -> [Float]
  ) {
    tensors = Dictionary(uniqueKeysWithValues: parts.tensors.map { ($0.name, $0) })
    (self.others, self.merged) = (others, merged)
  }

  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let description = tensors[tensor] else { throw CheckpointError.missingTensor(tensor) }
    if let others, description.shape.count != 2 {
      return try others.merge(parts, tensor: tensor, offset: offset, into: result)
    }
    let values = try kept.values(of: tensor) { try merged(description) }
    _ = result.initialize(from: values[offset..<offset + result.count])
  }
}

/// The tensors that were made last.
private final class RecentTensors: Sendable {
  /// One tensor; who comes while it is made waits for it.
  private final class Place: Sendable {
    let values = Mutex<[Float]?>(nil)
  }

  private let places = Mutex<[(name: String, place: Place)]>([])

  func values(of name: String, make: () throws -> [Float]) throws -> [Float] {
    let place = places.withLock { places in
      if let known = places.first(where: { $0.name == name }) { return known.place }
      if places.count > ThreadCount.current { places.removeFirst() }
      let place = Place()
      places.append((name, place))
      return place
    }
    return try place.values.withLock { values in
      if let values { return values }
      let made = try make()
      values = made
      return made
    }
  }
}
