/** The messages of gnostic's `openapi.v2` and `openapi.v3` that our documents use, and their writer, loaded at first use. */
import { documentMessage2, documentMessage3 } from './gnostic.ts'

const shared = `
message Any { string yaml = 2; }
message NamedAny { string name = 1; Any value = 2; }
message StringArray { repeated string value = 1; }`

const second = `syntax = "proto3"; package openapi.v2; ${shared}
message Document { string swagger = 1; Info info = 2; Paths paths = 8; Definitions definitions = 9;
  ParameterDefinitions parameters = 10; repeated SecurityRequirement security = 12; SecurityDefinitions securityDefinitions = 13; }
message Info { string title = 1; string version = 2; }
message Paths { repeated NamedPathItem path = 2; }
message NamedPathItem { string name = 1; PathItem value = 2; }
message PathItem { Operation get = 2; Operation put = 3; Operation post = 4; Operation delete = 5; Operation patch = 8;
  repeated ParametersItem parameters = 9; }
message Operation { repeated string tags = 1; string description = 3; string operationId = 5; repeated string produces = 6;
  repeated string consumes = 7; repeated ParametersItem parameters = 8; Responses responses = 9; repeated string schemes = 10;
  repeated NamedAny vendorExtension = 13; }
message ParametersItem { oneof kind { Parameter parameter = 1; JsonReference jsonReference = 2; } }
message JsonReference { string Ref = 1; }
message ParameterDefinitions { repeated NamedParameter additionalProperties = 1; }
message NamedParameter { string name = 1; Parameter value = 2; }
message Parameter { oneof kind { BodyParameter bodyParameter = 1; NonBodyParameter nonBodyParameter = 2; } }
message BodyParameter { string name = 2; string in = 3; bool required = 4; Schema schema = 5; }
message NonBodyParameter { oneof kind { QueryParameter queryParameterSubSchema = 3; PathParameter pathParameterSubSchema = 4; } }
message QueryParameter { bool required = 1; string in = 2; string description = 3; string name = 4; string type = 6; bool uniqueItems = 20; }
message PathParameter { bool required = 1; string in = 2; string description = 3; string name = 4; string type = 5; bool uniqueItems = 19; }
message Responses { repeated NamedResponseValue responseCode = 1; }
message NamedResponseValue { string name = 1; ResponseValue value = 2; }
message ResponseValue { Response response = 1; }
message Response { string description = 1; SchemaItem schema = 2; }
message SchemaItem { Schema schema = 1; }
message Definitions { repeated NamedSchema additionalProperties = 1; }
message NamedSchema { string name = 1; Schema value = 2; }
message Properties { repeated NamedSchema additionalProperties = 1; }
message Schema { string Ref = 1; string format = 2; string description = 4; double multipleOf = 6; double maximum = 7;
  bool exclusiveMaximum = 8; double minimum = 9; bool exclusiveMinimum = 10; int64 maxLength = 11; int64 minLength = 12;
  string pattern = 13; int64 maxItems = 14; int64 minItems = 15; bool uniqueItems = 16; int64 maxProperties = 17;
  int64 minProperties = 18; repeated string required = 19; repeated Any enum = 20; AdditionalProperties additionalProperties = 21;
  StringArray type = 22; Items items = 23; Properties properties = 25; repeated NamedAny vendorExtension = 31; }
message AdditionalProperties { Schema schema = 1; }
message Items { repeated Schema schema = 1; }
message SecurityRequirement { repeated NamedStringArray additionalProperties = 1; }
message NamedStringArray { string name = 1; StringArray value = 2; }
message SecurityDefinitions { repeated NamedSecurity additionalProperties = 1; }
message NamedSecurity { string name = 1; Security value = 2; }
message Security { ApiKeySecurity apiKeySecurity = 2; }
message ApiKeySecurity { string type = 1; string name = 2; string in = 3; string description = 4; }`

const third = `syntax = "proto3"; package openapi.v3; ${shared}
message Document { string openapi = 1; Info info = 2; Paths paths = 4; Components components = 5; }
message Info { string title = 1; string version = 6; }
message Components { Properties schemas = 1; }
message Paths { repeated NamedPathItem path = 1; }
message NamedPathItem { string name = 1; PathItem value = 2; }
message PathItem { Operation get = 4; Operation put = 5; Operation post = 6; Operation delete = 7; Operation patch = 10;
  repeated ParameterOrReference parameters = 13; }
message Operation { repeated string tags = 1; string description = 3; string operationId = 5;
  repeated ParameterOrReference parameters = 6; RequestBodyOrReference requestBody = 7; Responses responses = 8;
  repeated NamedAny specificationExtension = 13; }
message ParameterOrReference { Parameter parameter = 1; }
message Parameter { string name = 1; string in = 2; string description = 3; bool required = 4; SchemaOrReference schema = 10; }
message RequestBodyOrReference { RequestBody requestBody = 1; }
message RequestBody { MediaTypes content = 2; bool required = 3; }
message MediaTypes { repeated NamedMediaType additionalProperties = 1; }
message NamedMediaType { string name = 1; MediaType value = 2; }
message MediaType { SchemaOrReference schema = 1; }
message Responses { repeated NamedResponse responseOrReference = 2; }
message NamedResponse { string name = 1; ResponseOrReference value = 2; }
message ResponseOrReference { Response response = 1; }
message Response { string description = 1; MediaTypes content = 3; }
message SchemaOrReference { oneof kind { Schema schema = 1; Reference reference = 2; } }
message Reference { string Ref = 1; }
message Properties { repeated NamedSchema additionalProperties = 1; }
message NamedSchema { string name = 1; SchemaOrReference value = 2; }
message Schema { bool nullable = 1; double multipleOf = 10; double maximum = 11; bool exclusiveMaximum = 12; double minimum = 13;
  bool exclusiveMinimum = 14; int64 maxLength = 15; int64 minLength = 16; string pattern = 17; int64 maxItems = 18;
  int64 minItems = 19; bool uniqueItems = 20; int64 maxProperties = 21; int64 minProperties = 22; repeated string required = 23;
  repeated Any enum = 24; string type = 25; repeated SchemaOrReference allOf = 26; repeated SchemaOrReference oneOf = 27;
  repeated SchemaOrReference anyOf = 28; Items items = 30; Properties properties = 31;
  AdditionalProperties additionalProperties = 32; Default default = 33; string description = 34; string format = 35;
  repeated NamedAny specificationExtension = 36; }
message Items { repeated SchemaOrReference schemaOrReference = 1; }
message AdditionalProperties { SchemaOrReference schemaOrReference = 1; }
message Default { oneof kind { double number = 1; bool boolean = 2; string string = 3; } }`

async function encode(proto: string, name: string, message: object): Promise<Uint8Array<ArrayBuffer>> {
  const { default: protobuf } = await import('protobufjs')
  const type = protobuf.parse(proto, { keepCase: true }).root.lookupType(name)
  return new Uint8Array(type.encode(message).finish())
}

/** `com.github.proto-openapi.spec.v2` of a document of the second version. */
export const encodeSecond = (document: object): Promise<Uint8Array<ArrayBuffer>> =>
  encode(second, 'openapi.v2.Document', documentMessage2({ ...document }))

/** `com.github.proto-openapi.spec.v3` of a document of the third version. */
export const encodeThird = (document: object): Promise<Uint8Array<ArrayBuffer>> =>
  encode(third, 'openapi.v3.Document', documentMessage3({ ...document }))
