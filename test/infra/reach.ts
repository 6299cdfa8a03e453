import { dirname, relative } from 'node:path';
import ts from 'typescript';
import { TABLE } from '../../functions/adapters/table.ts';

const ROOT = `${import.meta.dirname}/../..`;

/** What the code of one function can come to: commands of the AWS SDK by client and class, and indexes of the table. */
export interface Reach {
  commands: Set<string>;
  /** `todo`, and `` for the table itself. */
  queried: Set<string>;
}

/**
 * Which commands of the AWS SDK the entry points can reach, by the types of the code and without running it. A method
 * of an interface of ours leads to every object that implements it; what is only made, and not called, is not reached.
 * @param entries files in functions/handlers, without `.ts`
 */
export function reachesOf(entries: readonly string[]): Map<string, Reach> {
  const files = entries.map((entry) => `${ROOT}/functions/handlers/${entry}.ts`);
  const program = ts.createProgram(files, compilerOptions());
  const code = new Code(program);
  return new Map(
    entries.map((entry, index) => [entry, code.reach(program.getSourceFile(files[index] ?? '')!)]),
  );
}

function compilerOptions(): ts.CompilerOptions {
  const read = ts.readConfigFile(`${ROOT}/tsconfig.json`, (file) => ts.sys.readFile(file)) as {
    config: unknown;
  };
  return ts.parseJsonConfigFileContent(read.config, ts.sys, ROOT).options;
}

/** An interface's member and what stands for it. */
type Implementations = Map<ts.Declaration, Set<ts.Node>>;

class Code {
  readonly #checker: ts.TypeChecker;
  readonly #implementations: Implementations = new Map();
  /** Members of object literals that are reached by the interface only. */
  readonly #behindInterface = new Set<ts.Node>();

  constructor(program: ts.Program) {
    this.#checker = program.getTypeChecker();
    for (const file of program.getSourceFiles()) {
      if (isOurs(file)) this.#index(file);
    }
  }

  reach(entry: ts.SourceFile): Reach {
    const found: Reach = { commands: new Set(), queried: new Set() };
    const seen = new Set<ts.Node>();
    const exported = this.#checker.getExportsOfModule(this.#checker.getSymbolAtLocation(entry)!);
    const waiting: ts.Node[] = exported.flatMap(declarations);
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (isSignature(next)) waiting.push(...(this.#implementations.get(next) ?? []));
      else this.#walk(next, found, waiting);
    }
    return found;
  }

  /** Everything that runs when the node does; what it names is put among what waits. What the SDK is given it calls. */
  #walk(node: ts.Node, found: Reach, waiting: ts.Node[]): void {
    const visit = (child: ts.Node): void => {
      if (ts.isTypeNode(child) || ts.isImportDeclaration(child)) return;
      if (child !== node && (ts.isFunctionDeclaration(child) || this.#behindInterface.has(child))) return;
      if (ts.isIdentifier(child)) this.#name(child, found, waiting);
      if (ts.isNewExpression(child)) waiting.push(...this.#givenToTheSdk(child));
      if (ts.isCallExpression(child) && this.#isTableQuery(child)) found.queried.add('');
      if (ts.isStringLiteral(child) && this.#isIndex(child)) found.queried.add(child.text);
      // What a constant is made of runs when somebody asks for it; the linter lets none be without use.
      if (ts.isVariableDeclaration(child) && child !== node && ts.isIdentifier(child.name)) return;
      ts.forEachChild(child, visit);
    };
    visit(node);
  }

  #name(identifier: ts.Identifier, found: Reach, waiting: ts.Node[]): void {
    for (const declaration of this.#declarationsOf(identifier)) {
      const file = declaration.getSourceFile();
      const [, client] = /@aws-sdk\/(?:client-)?([\w-]+)/.exec(file.fileName) ?? [];
      if (client !== undefined && /^[A-Z]\w+Command$/.test(identifier.text))
        found.commands.add(`${client}:${identifier.text}`);
      if (!isOurs(file)) continue;
      if (ts.isBindingElement(declaration)) waiting.push(...valueBehind(declaration));
      else if (!ts.isParameter(declaration)) waiting.push(declaration);
    }
  }

  #declarationsOf(identifier: ts.Identifier): readonly ts.Declaration[] {
    const { parent } = identifier;
    const symbol = ts.isShorthandPropertyAssignment(parent)
      ? this.#checker.getShorthandAssignmentValueSymbol(parent)
      : this.#checker.getSymbolAtLocation(identifier);
    if (!symbol) return [];
    const own = declarations(this.#resolve(symbol));
    const bindings = [parent, ...own].filter(ts.isBindingElement);
    return [...own, ...bindings.flatMap((binding) => this.#memberBehind(binding))];
  }

  /** `const { send } = ctx.nudges` uses the member. */
  #memberBehind(binding: ts.BindingElement): readonly ts.Declaration[] {
    const { name, parent } = binding;
    const propertyName = binding.propertyName ?? name;
    if (!ts.isObjectBindingPattern(parent) || !ts.isIdentifier(propertyName)) return [];
    const member = this.#checker.getTypeAtLocation(parent).getProperty(propertyName.text);
    return member ? declarations(this.#resolve(member)) : [];
  }

  /** Functions of ours in what a client of the SDK is made with, such as its credentials. */
  #givenToTheSdk({ expression, arguments: given }: ts.NewExpression): readonly ts.Declaration[] {
    const made = this.#checker.getTypeAtLocation(expression).getConstructSignatures();
    const isSdk = made.some(({ declaration }) =>
      /@aws-sdk\//.test(declaration?.getSourceFile().fileName ?? ''),
    );
    const members = isSdk
      ? [...(given ?? [])].flatMap((one) => this.#checker.getTypeAtLocation(one).getProperties())
      : [];
    return members
      .flatMap(declarations)
      .filter((one) => isSignature(one) && isOurs(one.getSourceFile()) && this.#isCallable(one));
  }

  #resolve(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** A query without an index in its options. */
  #isTableQuery({ expression, arguments: [, , options] }: ts.CallExpression): boolean {
    if (!ts.isIdentifier(expression) || expression.text !== 'queryItems') return false;
    return !options || this.#checker.getTypeAtLocation(options).getProperty('index') === undefined;
  }

  #isIndex(literal: ts.StringLiteral): boolean {
    const contextual = this.#checker.getContextualType(literal);
    const wanted = contextual && this.#checker.getNonNullableType(contextual);
    if (!wanted?.isUnion()) return false;
    return wanted.types.every((one) => one.isStringLiteral() && one.value in TABLE.indexes);
  }

  #index(node: ts.Node): void {
    if (ts.isObjectLiteralExpression(node)) this.#indexMembers(node);
    if (ts.isExpression(node) && isAdapter(node.getSourceFile())) this.#indexAlias(node);
    ts.forEachChild(node, (child) => {
      this.#index(child);
    });
  }

  #indexMembers(literal: ts.ObjectLiteralExpression): void {
    const contextual = this.#checker.getContextualType(literal);
    if (!contextual) return;
    for (const member of literal.properties) {
      if (!member.name || !ts.isIdentifier(member.name)) continue;
      for (const signature of this.#methodsOf(contextual, member.name.text)) {
        this.#implement(signature, member);
        this.#behindInterface.add(member);
      }
    }
  }

  /** Where something of one interface is given for another: what stands for its members stands for the other's too. */
  #indexAlias(expression: ts.Expression): void {
    if (!isHandedOver(expression)) return;
    const wanted = this.#checker.getContextualType(expression);
    if (!wanted?.isClassOrInterface()) return;
    const given = this.#checker.getTypeAtLocation(expression);
    for (const property of wanted.getProperties()) {
      for (const signature of this.#methodsOf(wanted, property.name)) {
        for (const other of this.#methodsOf(given, property.name)) {
          if (other !== signature) this.#implement(signature, other);
        }
      }
    }
  }

  /** Declarations of a method in interfaces of ours; what is no function is worked out by whoever makes it. */
  #methodsOf(type: ts.Type, name: string): ts.Declaration[] {
    const parts = type.isUnion() ? type.types : [type];
    return parts
      .flatMap((part) => declarations(part.getProperty(name)))
      .filter((one) => isSignature(one) && isOurs(one.getSourceFile()) && this.#isCallable(one));
  }

  #isCallable(declaration: ts.Declaration): boolean {
    const type = this.#checker.getNonNullableType(this.#checker.getTypeAtLocation(declaration));
    return type.getCallSignatures().length > 0;
  }

  #implement(signature: ts.Declaration, by: ts.Node): void {
    const known = this.#implementations.get(signature) ?? new Set();
    this.#implementations.set(signature, known.add(by));
  }
}

function isOurs({ fileName, isDeclarationFile }: ts.SourceFile): boolean {
  return !isDeclarationFile && relative(ROOT, dirname(fileName)).startsWith('functions');
}

/** Only adapters are put together of others. */
function isAdapter({ fileName }: ts.SourceFile): boolean {
  return relative(ROOT, fileName).startsWith('functions/adapters');
}

function declarations(symbol: ts.Symbol | undefined): readonly ts.Declaration[] {
  return symbol?.declarations ?? [];
}

function isSignature(node: ts.Node): node is ts.PropertySignature | ts.MethodSignature {
  return ts.isPropertySignature(node) || ts.isMethodSignature(node);
}

function isHandedOver({ parent }: ts.Expression): boolean {
  return (
    ts.isCallExpression(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isArrowFunction(parent)
  );
}

/** What is taken apart by a pattern; nothing for a parameter. */
function valueBehind(element: ts.BindingElement): ts.Node[] {
  let up: ts.Node = element;
  while (ts.isBindingElement(up) || ts.isObjectBindingPattern(up) || ts.isArrayBindingPattern(up))
    up = up.parent;
  return ts.isVariableDeclaration(up) && up.initializer ? [up.initializer] : [];
}
